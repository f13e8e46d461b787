// Stands in for Visual Studio's: everything is in compiler.h, which comes first.
#pragma once

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_ADVANCES_H

// Swift does not see the library's flags where they are made by macros that take a value.
static const int warren_load_unscaled = FT_LOAD_NO_SCALE;
static const int warren_load_one_bit = FT_LOAD_RENDER | FT_LOAD_TARGET_MONO;

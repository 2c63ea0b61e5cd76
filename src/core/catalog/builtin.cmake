# cmake -DINPUT=FILE -DOUTPUT=FILE.c -P builtin.cmake
# Writes a C file that holds the bytes of INPUT as the built-in catalog. They are written as a string,
# since numbers above 0x7f in a list would not fit a char.

file(READ ${INPUT} hex HEX)
file(SIZE ${INPUT} length)
cmake_path(GET INPUT STEM LAST_ONLY name)

string(REPEAT "." 32 row)
string(REGEX REPLACE "(${row})" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" hex "${hex}")
string(REPLACE "\n" "\"\n    \"" text "${hex}")

file(WRITE ${OUTPUT} "#include \"core/catalog/builtin.h\"

const char builtin_catalog_name[] = \"${name}\";
const size_t builtin_catalog_length = ${length};
const char builtin_catalog[] =
    \"${text}\";
")

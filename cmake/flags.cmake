# Compiler flags. The build types are ours, all of them: asserts stay on in every one.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
check_pie_supported(LANGUAGES C)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

set(CMAKE_C_FLAGS_RELEASE
    "-O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fno-semantic-interposition")
set(CMAKE_EXE_LINKER_FLAGS_RELEASE "-Wl,-z,relro -Wl,-z,now")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g")
set(CMAKE_C_FLAGS_ASAN
    "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all")
set(CMAKE_C_FLAGS_COVERAGE "-O0 -g --coverage")
set(CMAKE_C_FLAGS_FUZZ "${CMAKE_C_FLAGS_ASAN} -fsanitize=fuzzer-no-link")

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes)
# The last map that fits wins, so the build folder comes second.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
                    -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64
                        GLOSSD_VERSION="${PROJECT_VERSION}"
                        GLOSSD_CATALOGS_DIR="${CMAKE_INSTALL_FULL_DATADIR}/glossd/catalogs")

# The three layers, each a static library that sees only what stands below it, and the program.

# gloss_layer(NAME FOLDER PACKAGES...): every .c of FOLDER but main.c, and those in NAME_generated.
function(gloss_layer name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
    list(REMOVE_ITEM sources ${CMAKE_SOURCE_DIR}/${folder}/main.c)
    list(APPEND sources ${${name}_generated})
    if(sources)
        add_library(${name} STATIC ${sources})
        set(scope PUBLIC)
    else()
        add_library(${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(${name} ${scope} ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)
    if(ARGN)
        pkg_check_modules(${name}_packages REQUIRED IMPORTED_TARGET ${ARGN})
        target_link_libraries(${name} ${scope} PkgConfig::${name}_packages)
    endif()
endfunction()

# The built-in catalog: a file's bytes become a C array of libgloss (src/core/builtin.h).
set(builtin_yaml ${CMAKE_SOURCE_DIR}/conf/catalogs/aliyun-mqtt.yaml)
set(builtin_c ${CMAKE_BINARY_DIR}/builtin.c)
set(gloss_generated ${builtin_c})
add_custom_command(
    OUTPUT ${builtin_c}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${builtin_yaml} -DOUTPUT=${builtin_c}
            -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${builtin_yaml} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    VERBATIM)

# Kernels: one file per instruction set, compiled for it, chosen at run time.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    set(bits -mavx2 -mbmi -mbmi2 -mpopcnt -mlzcnt)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/src/core/kernel_avx2.c
                                PROPERTIES COMPILE_OPTIONS "${bits}")
    set_source_files_properties(${CMAKE_SOURCE_DIR}/src/core/kernel_avx512.c
                                PROPERTIES COMPILE_OPTIONS "-mavx512bw;-mavx512vl;${bits}")
endif()

gloss_layer(gloss src/core ${GLOSS_CORE_PACKAGES})
gloss_layer(glossio src/io ${GLOSS_IO_PACKAGES})
gloss_layer(glossapp src/app ${GLOSS_APP_PACKAGES})

add_executable(glossd src/app/main.c)
target_link_libraries(glossd PRIVATE glossapp glossio gloss)

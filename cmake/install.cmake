# What an installed glossd consists of.

install(TARGETS glossd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS gloss ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/gloss DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

list(JOIN GLOSS_CORE_PACKAGES " " GLOSS_PC_REQUIRES)
configure_file(cmake/gloss.pc.in gloss.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/gloss.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

file(GLOB catalogs CONFIGURE_DEPENDS conf/catalogs/*.yaml)
install(FILES ${catalogs} DESTINATION ${CMAKE_INSTALL_DATADIR}/glossd/catalogs)

file(GLOB pages CONFIGURE_DEPENDS docs/*.[1-9])
foreach(page ${pages})
    cmake_path(GET page EXTENSION LAST_ONLY section)
    string(SUBSTRING ${section} 1 1 section)
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

file(GLOB texts CONFIGURE_DEPENDS README.md CHANGELOG.md LICENSE docs/*.md docs/*.c)
install(FILES ${texts} DESTINATION ${CMAKE_INSTALL_DOCDIR})

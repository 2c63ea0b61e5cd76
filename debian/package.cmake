# CPack makes two Debian packages: glossd for operators, and libgloss-dev, the library for other
# programs. `./dev package` calls it and sets umask, prefix and SOURCE_DATE_EPOCH.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME glossd)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_PACKAGE_CONTACT "The glossd authors <maintainers@glossd.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL glossd libgloss-dev)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/debian/finish.cmake)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)

set(CPACK_DEBIAN_GLOSSD_PACKAGE_NAME glossd)
set(CPACK_DEBIAN_GLOSSD_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_GLOSSD_PACKAGE_SHLIBDEPS ON)
# The linker does not know these libraries: those that decompress are loaded for the first such log,
# libsystemd and SQLite by the service.
set(CPACK_DEBIAN_GLOSSD_PACKAGE_DEPENDS
    "${GLOSS_GZIP_PACKAGE}, libbz2-1.0, liblzma5, libzstd1 (>= 1.4.0), libsqlite3-0 (>= 3.37), libsystemd0, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_GLOSSD_PACKAGE_RECOMMENDS logrotate)
set(CPACK_DEBIAN_GLOSSD_DESCRIPTION
"explains known error codes in logs, and counts them
glossd reads logs and finds the error codes that a catalog explains. Beside
each line with a code it writes cause and solution. It counts the codes exactly
and remembers how far it has read.
.
glossd works as a filter for what is piped into it, as a service that follows
logs for months across rotations, crashes and full disks without losing or
doubling a line, and as a command that says what a code means. The error codes
of Alibaba Cloud MQ for MQTT are built in; a catalog of your own is a short
file.")
set(CPACK_DEBIAN_GLOSSD_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/debian/conffiles ${CMAKE_SOURCE_DIR}/debian/postinst
    ${CMAKE_SOURCE_DIR}/debian/prerm ${CMAKE_SOURCE_DIR}/debian/postrm)

set(CPACK_DEBIAN_LIBGLOSS-DEV_PACKAGE_NAME libgloss-dev)
set(CPACK_DEBIAN_LIBGLOSS-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBGLOSS-DEV_PACKAGE_DEPENDS "libpcre2-dev, libfyaml-dev")
set(CPACK_DEBIAN_LIBGLOSS-DEV_DESCRIPTION
"scanner for known error codes in logs, as a static library
libgloss finds the codes of a catalog in blocks of bytes at memory speed,
renders lines with their explanations, and counts the codes. It needs no event
loop, no threads and no clock, and it has no global state.
.
This package contains the static library, its headers and its pkg-config file.")

include(CPack)

# The two Debian packages, by CPack: glossd, what an operator installs, and libgloss-dev, the library
# for other programs. `./dev package` makes them; it sets umask, prefix and SOURCE_DATE_EPOCH.

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
# libarchive is loaded when a packed log comes along, libsystemd and SQLite by the service, so the
# linker does not tell of them.
set(CPACK_DEBIAN_GLOSSD_PACKAGE_DEPENDS
    "libarchive13, libsqlite3-0 (>= 3.37), libsystemd0, systemd | systemd-standalone-sysusers | systemd-sysusers")
set(CPACK_DEBIAN_GLOSSD_PACKAGE_RECOMMENDS logrotate)
set(CPACK_DEBIAN_GLOSSD_DESCRIPTION
"explains known error codes in logs, and counts them
glossd reads logs, recognises the error codes that a catalog explains, writes
cause and solution beside each line that carries one, counts exactly what it
saw, and remembers where it stopped.
.
It is a filter for what is piped into it, a service that follows logs for
months across rotations, crashes and full disks without losing or doubling a
line, and an answer to the question what a code means. The error codes of
Alibaba Cloud MQ for MQTT are built in; a catalog of your own is a short file.")
set(CPACK_DEBIAN_GLOSSD_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/debian/conffiles ${CMAKE_SOURCE_DIR}/debian/postinst
    ${CMAKE_SOURCE_DIR}/debian/prerm ${CMAKE_SOURCE_DIR}/debian/postrm)

set(CPACK_DEBIAN_LIBGLOSS-DEV_PACKAGE_NAME libgloss-dev)
set(CPACK_DEBIAN_LIBGLOSS-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBGLOSS-DEV_PACKAGE_DEPENDS "libpcre2-dev, libfyaml-dev")
set(CPACK_DEBIAN_LIBGLOSS-DEV_DESCRIPTION
"scanner for known error codes in logs, as a static library
libgloss finds the codes of a catalog in blocks of bytes at memory speed,
renders lines with their explanations, and counts. It needs no event loop, no
threads and no clock, and has no global state.
.
This package has the static library, its headers and what pkg-config reads.")

include(CPack)

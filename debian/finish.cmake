# CPack runs this on the installed trees before it packs them. Manual pages and changelogs are
# gzipped, as Debian asks (without names and times, so that the same tree gives the same bytes).
# Binaries lose what only a debugger reads.
foreach(component ${CPACK_COMPONENTS_ALL})
    set(tree ${CPACK_TEMPORARY_DIRECTORY}/${component}/usr)
    file(GLOB pages ${tree}/share/man/man*/*.[1-9])
    file(GLOB logs ${tree}/share/doc/*/changelog)
    foreach(file ${pages} ${logs})
        execute_process(COMMAND gzip -9n ${file} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
    if(EXISTS ${tree}/bin/glossd)
        execute_process(COMMAND strip --remove-section=.comment ${tree}/bin/glossd
                        COMMAND_ERROR_IS_FATAL ANY)
    endif()
    file(GLOB_RECURSE archives ${tree}/lib/*.a)
    foreach(file ${archives})
        execute_process(COMMAND strip --strip-unneeded --enable-deterministic-archives
                                --remove-section=.comment ${file} COMMAND_ERROR_IS_FATAL ANY)
    endforeach()
endforeach()

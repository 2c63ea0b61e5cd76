# Writes the units for the prefix that is installed to, which is known only now.
#   PREFIX BINDIR SYSCONFDIR  as installed; SOURCE  the text; OUTPUT  a folder to write to
cmake_path(ABSOLUTE_PATH BINDIR BASE_DIRECTORY ${PREFIX} OUTPUT_VARIABLE CMAKE_INSTALL_FULL_BINDIR)
if(PREFIX STREQUAL "/usr")
    set(PREFIX "")
endif()
cmake_path(ABSOLUTE_PATH SYSCONFDIR BASE_DIRECTORY ${PREFIX}/ OUTPUT_VARIABLE etc)

function(unit UNIT_FILE UNIT_DESCRIPTION UNIT_CONFIG UNIT_FOLDER)
    configure_file(${SOURCE} ${OUTPUT}/${UNIT_FILE} @ONLY)
endfunction()

unit(glossd.service "glossd, explains known error codes in logs"
     ${etc}/glossd/glossd.yaml glossd)
unit(glossd@.service "glossd, explains known error codes in logs (%i)"
     ${etc}/glossd/%i.yaml glossd/%i)

# What the program opens at run time lies in the build tree as it does when installed: ONNX Runtime's library in
# lib/kizuna, the networks in share/kizuna/models.
#
#   ONNXRUNTIME_ROOT    a folder with lib/libonnxruntime.so.1: copied and installed. Without it the system's is used.
#   KIZUNA_MODELS_FROM  a folder of networks: copied and installed. Without it there are none but the user's own.

set(KIZUNA_MODELS_FROM "" CACHE PATH "Folder of the networks to build with and install")

find_file(KIZUNA_ONNXRUNTIME_LIBRARY NAMES libonnxruntime.so.1 libonnxruntime.so libonnxruntime.dylib onnxruntime.dll
  HINTS ${ONNXRUNTIME_ROOT}/lib $ENV{ONNXRUNTIME_ROOT}/lib NO_DEFAULT_PATH)
if(KIZUNA_ONNXRUNTIME_LIBRARY)
  file(REAL_PATH ${KIZUNA_ONNXRUNTIME_LIBRARY} library)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR}/kizuna)
  file(COPY_FILE ${library} ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBDIR}/kizuna/libonnxruntime.so.1 ONLY_IF_DIFFERENT)
  install(FILES ${library} DESTINATION ${CMAKE_INSTALL_LIBDIR}/kizuna RENAME libonnxruntime.so.1)
endif()

if(KIZUNA_MODELS_FROM)
  file(GLOB models ${KIZUNA_MODELS_FROM}/*.param ${KIZUNA_MODELS_FROM}/*.bin ${KIZUNA_MODELS_FROM}/*.onnx
    ${KIZUNA_MODELS_FROM}/*.safetensors ${KIZUNA_MODELS_FROM}/*.pth)
  file(COPY ${models} DESTINATION ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_DATADIR}/kizuna/models)
  install(FILES ${models} DESTINATION ${CMAKE_INSTALL_DATADIR}/kizuna/models)
endif()

# SPDX-License-Identifier: Apache-2.0
# Debian ships OpenCV's CMake config only with libopencv-dev, which drags in 300 MB of graphics and video. The module
# packages (libopencv-core-dev, ...) hold headers and libraries: find those, as targets opencv::core, opencv::imgproc, ...
function(find_opencv_modules)
  find_path(OPENCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
  foreach(module ${ARGN})
    find_library(OPENCV_${module}_LIBRARY opencv_${module} REQUIRED)
    add_library(opencv::${module} UNKNOWN IMPORTED GLOBAL)
    set_target_properties(opencv::${module} PROPERTIES IMPORTED_LOCATION ${OPENCV_${module}_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${OPENCV_INCLUDE_DIR})
  endforeach()
endfunction()

# Compiler settings shared by every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options(-Wno-restrict)  # GCC 12 warns falsely at -O3 (GCC PR 105651)
endif()
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  add_compile_definitions(_FILE_OFFSET_BITS=64)  # files and disks may be larger than 2 GB there too
  add_compile_options(-Wno-psabi)  # GCC says of ARM only that it passed some arguments otherwise before version 7
endif()
if(BALANS_WERROR)
  add_compile_options(-Werror)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-error=maybe-uninitialized)  # GCC warns falsely about std::optional (GCC PR 80635)
  endif()
endif()

# Address and undefined-behaviour sanitizers everywhere, except where a target asks for less.
option(BALANS_SANITIZE "build with ASan and UBSan" OFF)
if(BALANS_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# For targets that include Asio or Beast: with UBSan or optimised ASan one such file takes minutes and 4 GB.
function(balans_asio_target target)
  if(BALANS_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined -O0)
  endif()
endfunction()

# Includes are written from the root of the repository: "common/units.hpp".
include_directories(${CMAKE_SOURCE_DIR})

find_program(BALANS_CCACHE ccache)
if(BALANS_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${BALANS_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${BALANS_CCACHE})
endif()

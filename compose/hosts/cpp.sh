# Compiles the program that runs C++ processors, inside the image that they run in: from /eas/sources into /eas/made.
set -eu
cd /tmp
printf '%s\0' /eas/sources/*.cpp | xargs -0 -n 1 -P "$(nproc)" g++ -std=c++17 -O2 -pthread -c
g++ -pthread -o /eas/made/eas-host ./*.o -ldl

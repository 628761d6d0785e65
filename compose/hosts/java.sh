# Compiles the program that runs Java processors, inside the image that they run in: from /eas/sources into /eas/made.
set -eu
find /eas/sources -name '*.java' > /tmp/sources
javac --release 11 -d /tmp/classes @/tmp/sources
jar --create --file /eas/made/eas-host.jar -C /tmp/classes .

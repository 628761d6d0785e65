package easlocal.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** What lies in the processor's package, for the sentence about a class that was not found in it. */
final class Contents {
    private static final String SUFFIX = ".class";

    private final Path folder;

    private Contents(Path folder) {
        this.folder = folder;
    }

    static Contents here() {
        return new Contents(Path.of("").toAbsolutePath());
    }

    /** The names of its classes, each with the file that has it. Those inside of classes are left out. */
    Map<String, String> classes() {
        Map<String, String> found = new TreeMap<>();
        for (Path file : files()) {
            String where = folder.relativize(file).toString();
            for (String member : where.endsWith(".jar") ? members(file) : List.of(where)) {
                if (member.endsWith(SUFFIX) && !member.contains("$") && !member.startsWith("META-INF/")) {
                    found.put(named(member), where);
                }
            }
        }
        return found;
    }

    private List<Path> files() {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).collect(Collectors.toList());
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static List<String> members(Path jar) {
        try (ZipFile archive = new ZipFile(jar.toFile())) {
            return archive.stream().map(ZipEntry::getName).collect(Collectors.toList());
        } catch (IOException error) {
            Log.error(jar.getFileName() + " is no jar: " + error.getMessage());
            return List.of();
        }
    }

    private static String named(String member) {
        return member.substring(0, member.length() - SUFFIX.length()).replace('/', '.');
    }
}

package easlocal.host;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which classes somebody may have meant. */
final class Nearness {
    private static final int SHOWN = 3;

    private Nearness() {}

    static String advice(String name, Collection<String> classes) {
        String near = listed(" or ", classes.stream()
                .filter(candidate -> distance(name, candidate) <= name.length() / 4 || sameSimpleName(name, candidate))
                .sorted(Comparator.comparingInt(candidate -> distance(name, candidate))));
        if (!near.isEmpty()) {
            return "write " + near;
        }
        String others = classes.size() > SHOWN ? " and " + (classes.size() - SHOWN) + " more" : "";
        return "it has " + listed(", ", classes.stream()) + others + "; correct the name, or pack the jar that has it";
    }

    private static String listed(String separator, Stream<String> classes) {
        return classes.limit(SHOWN).collect(Collectors.joining(separator));
    }

    private static boolean sameSimpleName(String one, String other) {
        return simpleName(one).equals(simpleName(other));
    }

    private static String simpleName(String name) {
        return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    /** How many letters must be added, removed or replaced to make one of the other (Levenshtein). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int column = 0; column <= other.length(); column++) {
            row[column] = column;
        }
        for (int line = 1; line <= one.length(); line++) {
            int diagonal = row[0];
            row[0] = line;
            for (int column = 1; column <= other.length(); column++) {
                int replaced = diagonal + (one.charAt(line - 1) == other.charAt(column - 1) ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.min(replaced, 1 + Math.min(row[column], row[column - 1]));
            }
        }
        return row[other.length()];
    }
}

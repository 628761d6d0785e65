package easlocal.host;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Classes that do not fit the JVM, or miss others: which one, why, and what to do. */
final class Linkage {
    private static final Pattern TOO_NEW =
            Pattern.compile("(\\S+) has been compiled by .* \\(class file version (\\d+).*");
    private static final int VERSION_OF_JAVA_0 = 44;

    private Linkage() {}

    /** Null for anything else that may be thrown. */
    static String explain(Throwable error) {
        if (error instanceof UnsupportedClassVersionError) {
            return tooNew(error.getMessage());
        }
        if (error instanceof NoClassDefFoundError || error instanceof ClassNotFoundException) {
            return missing(error.getMessage());
        }
        return null;
    }

    private static String tooNew(String message) {
        Matcher words = TOO_NEW.matcher(message);
        if (!words.matches()) {
            return message;
        }
        int here = Runtime.version().feature();
        int wanted = Integer.parseInt(words.group(2)) - VERSION_OF_JAVA_0;
        return "class " + name(words.group(1)) + " is compiled for Java " + wanted + ", and this is Java " + here
                + "; compile it with --release " + here + ", or name an image with Java " + wanted + " in data_image";
    }

    /** The message is a name, unless the class is there and its static part has failed before. */
    private static String missing(String message) {
        if (message == null || message.contains(" ")) {
            return null;
        }
        return "class " + name(message) + " is in no jar of the package; "
                + "put the jar that has it beside the processor's";
    }

    private static String name(String internal) {
        return internal.replace('/', '.');
    }
}

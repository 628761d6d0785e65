package easlocal.host;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/** Lines on the standard output, wherever the processor has its own System.out go. */
final class Log {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private Log() {}

    static void info(String text) {
        line("INFO", text);
    }

    static void error(String text) {
        line("ERROR", text);
    }

    static void trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        OUT.print(text);
        OUT.flush();
    }

    /** The one that is shown as the reason of an end. */
    static void lastWords(String sentence) {
        OUT.println(inOneLine(sentence));
    }

    static String inOneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static void line(String level, String text) {
        OUT.println("[" + TIME.format(LocalDateTime.now()) + "] [" + level + "] " + text);
    }
}

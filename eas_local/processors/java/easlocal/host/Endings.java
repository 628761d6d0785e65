package easlocal.host;

import java.util.Set;

/** Why the instance ends, as its last line: what a person sees first who asks what happened. */
final class Endings {
    private static final long MIB = 1 << 20;
    private static final Set<String> EXITS = Set.of("java.lang.System.exit", "java.lang.Runtime.exit");

    private Endings() {}

    /** The ends that are not ours, too: a System.exit in the processor, and memory that has run out in any thread. */
    static void explain() {
        Runtime.getRuntime().addShutdownHook(new Thread(Endings::sayWhoExited));
        Thread.setDefaultUncaughtExceptionHandler(Endings::uncaught);
    }

    /** At once: hooks and threads of the processor's could hold up the end, or have the last word. */
    static void end(String sentence) {
        try {
            System.out.flush();
            Log.lastWords(sentence);
        } finally {
            Runtime.getRuntime().halt(1);
        }
    }

    private static void uncaught(Thread thread, Throwable thrown) {
        if (thrown instanceof OutOfMemoryError) {
            end(outOfMemory((OutOfMemoryError) thrown));
        }
        Log.error("thread " + thread.getName() + " ended: " + thrown);
        Log.trace(thrown);
    }

    private static String outOfMemory(OutOfMemoryError error) {
        long most = Runtime.getRuntime().maxMemory() / MIB;
        return "the JVM ran out of memory (" + error.getMessage() + "; the heap may have " + most
                + " MiB); raise -Xmx in processor_jvm_options, and metadata.memory with it";
    }

    private static void sayWhoExited() {
        for (StackTraceElement[] stack : Thread.getAllStackTraces().values()) {
            StackTraceElement caller = callerOfExit(stack);
            if (caller != null) {
                Log.lastWords(place(caller) + " ended the instance with System.exit; throw an exception instead: "
                        + "one in Process is answered 400 with its message");
            }
        }
    }

    /** Null for a thread that is not in System.exit: a signal ends the JVM without it. */
    private static StackTraceElement callerOfExit(StackTraceElement[] stack) {
        StackTraceElement caller = null;
        for (int i = 0; i + 1 < stack.length; i++) {
            if (EXITS.contains(stack[i].getClassName() + "." + stack[i].getMethodName())) {
                caller = stack[i + 1];
            }
        }
        return caller;
    }

    private static String place(StackTraceElement frame) {
        return frame.getClassName() + "." + frame.getMethodName()
                + " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")";
    }
}

package easlocal.host;

/** This processor cannot be run: a sentence that says what failed, on which thing, and what to do. */
final class Unfit extends Exception {
    private static final long serialVersionUID = 1;

    Unfit(String sentence) {
        super(sentence);
    }

    /** What was thrown when the processor's code was loaded or run: explained in words, or by its stack trace. */
    static Unfit because(String what, Throwable thrown) {
        if (thrown instanceof OutOfMemoryError) {
            throw (OutOfMemoryError) thrown;
        }
        Throwable cause = thrown instanceof ExceptionInInitializerError ? thrown.getCause() : thrown;
        String explanation = Linkage.explain(cause);
        if (explanation != null) {
            return new Unfit(what + " failed: " + explanation);
        }
        Log.trace(cause);
        return new Unfit(what + " threw " + cause + "; look at its stack trace in the log");
    }
}

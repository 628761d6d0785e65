package easlocal.host;

/** Bytes that are no HTTP request. */
final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String sentence) {
        super(sentence);
    }
}

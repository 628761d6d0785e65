package easlocal.host;

/** What of a request matters here: Process sees the body alone. */
final class Request {
    /** In place of one that could not be read: after its answer the connection is closed. */
    static final Request UNREADABLE = new Request("", "", false, new byte[0]);

    final String path;
    final boolean keepsAlive;
    final byte[] body;
    private final String method;

    Request(String method, String path, boolean keepsAlive, byte[] body) {
        this.method = method;
        this.path = path;
        this.keepsAlive = keepsAlive;
        this.body = body;
    }

    /** The answer to HEAD is a head. */
    boolean wantsBody() {
        return !method.equals("HEAD");
    }
}

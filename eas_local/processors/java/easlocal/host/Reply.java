package easlocal.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/** An answer, and the bytes of it. */
final class Reply {
    // Parity: the type of every answer of the engine (wire-contract 5.4).
    private static final String TYPE = "text/html; charset=utf-8";

    private final int status;
    private final String type;
    private final byte[] body;

    private Reply(int status, String type, byte[] body) {
        this.status = status;
        this.type = type;
        this.body = body;
    }

    static Reply of(int status, byte[] body) {
        return new Reply(status, TYPE, body);
    }

    static Reply of(int status, String text) {
        return of(status, text.getBytes(UTF_8));
    }

    static Reply json(int status, String text) {
        return new Reply(status, "application/json", text.getBytes(UTF_8));
    }

    /** Head and body in one, for they are written in one. */
    byte[] bytes(Request request) {
        byte[] head = head(request.keepsAlive).getBytes(ISO_8859_1);
        if (!request.wantsBody()) {
            return head;
        }
        byte[] bytes = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, bytes, head.length, body.length);
        return bytes;
    }

    private String head(boolean keepsAlive) {
        return "HTTP/1.1 " + status + " " + phrase()
                + "\r\nContent-Type: " + type
                + "\r\nContent-Length: " + body.length
                + (keepsAlive ? "" : "\r\nConnection: close")
                + "\r\n\r\n";
    }

    private String phrase() {
        switch (status) {
            case 200:
                return "OK";
            case 400:
                return "Bad Request";
            case 501:
                return "Not Implemented";
            default:
                return "Service Unavailable";
        }
    }
}

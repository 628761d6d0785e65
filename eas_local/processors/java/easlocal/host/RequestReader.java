package easlocal.host;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;

/** Requests as they follow each other on a connection: HTTP/1.1, a body by Content-Length or in chunks. */
final class RequestReader {
    /** So that an array can hold it with a head before it. */
    private static final int LONGEST_BODY = Integer.MAX_VALUE - 1024;

    private final Input input;

    /** What the lines after the first say. */
    private static final class Fields {
        int length = -1;
        boolean chunked;
        String connection = "";
    }

    RequestReader(Input input) {
        this.input = input;
    }

    /** Null when the client has closed the connection between two of them. */
    Request next() throws IOException, Malformed {
        if (input.isAtEnd()) {
            return null;
        }
        String[] words = input.line().split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            throw new Malformed("the first line is no request of HTTP/1.1");
        }
        Fields fields = fields();
        return new Request(words[0], path(words[1]), keepsAlive(words[2], fields.connection), body(fields));
    }

    private static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    private static boolean keepsAlive(String version, String connection) {
        return version.equals("HTTP/1.0") ? connection.contains("keep-alive") : !connection.contains("close");
    }

    private Fields fields() throws IOException, Malformed {
        Fields fields = new Fields();
        for (String line = input.line(); !line.isEmpty(); line = input.line()) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new Malformed("a line of the head has no name");
            }
            note(fields, line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
        }
        if (fields.chunked && fields.length >= 0) {
            throw new Malformed("the body has both a length and chunks");
        }
        return fields;
    }

    private static void note(Fields fields, String name, String value) throws Malformed {
        switch (name) {
            case "content-length":
                fields.length = length(value, 10);
                break;
            case "transfer-encoding":
                if (!value.equalsIgnoreCase("chunked")) {
                    throw new Malformed("the body is encoded in another way than chunked");
                }
                fields.chunked = true;
                break;
            case "connection":
                fields.connection = value.toLowerCase(Locale.ROOT);
                break;
            default:
        }
    }

    private static int length(String text, int radix) throws Malformed {
        long length;
        try {
            length = Long.parseLong(text, radix);
        } catch (NumberFormatException error) {
            throw new Malformed("\"" + text + "\" is no length of a body");
        }
        if (length < 0 || length > LONGEST_BODY) {
            throw new Malformed("a body may have up to " + LONGEST_BODY + " bytes, not " + length);
        }
        return (int) length;
    }

    private byte[] body(Fields fields) throws IOException, Malformed {
        if (fields.chunked) {
            return chunks();
        }
        return fields.length > 0 ? input.exactly(fields.length) : new byte[0];
    }

    private byte[] chunks() throws IOException, Malformed {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = chunkSize(); size > 0; size = chunkSize()) {
            if (size > LONGEST_BODY - body.size()) {
                throw new Malformed("a body may have up to " + LONGEST_BODY + " bytes");
            }
            body.writeBytes(input.exactly(size));
            if (!input.line().isEmpty()) {
                throw new Malformed("a chunk of the body is longer than it says");
            }
        }
        while (!input.line().isEmpty()) {
            continue;  // a trailer
        }
        return body.toByteArray();
    }

    private int chunkSize() throws IOException, Malformed {
        return length(input.line().split(";", 2)[0].trim(), 16);
    }
}

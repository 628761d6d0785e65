package easlocal.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** What comes over a connection, line by line or so many bytes at a time. */
final class Input {
    private static final int LONGEST_LINE = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[LONGEST_LINE];
    private int start;
    private int end;

    Input(InputStream in) {
        this.in = in;
    }

    /** Waits until there is more, or nothing to come. */
    boolean isAtEnd() throws IOException {
        return start == end && !fill();
    }

    /** Without what ends it. */
    String line() throws IOException, Malformed {
        int feed = indexOfLineFeed();
        int length = feed > start && buffer[feed - 1] == '\r' ? feed - 1 - start : feed - start;
        String line = new String(buffer, start, length, ISO_8859_1);
        start = feed + 1;
        return line;
    }

    byte[] exactly(int length) throws IOException {
        byte[] bytes = new byte[length];
        int there = Math.min(length, end - start);
        System.arraycopy(buffer, start, bytes, 0, there);
        start += there;
        if (in.readNBytes(bytes, there, length - there) < length - there) {
            throw new EOFException();
        }
        return bytes;
    }

    private int indexOfLineFeed() throws IOException, Malformed {
        int seen = 0;
        while (true) {
            for (; start + seen < end; seen++) {
                if (buffer[start + seen] == '\n') {
                    return start + seen;
                }
            }
            if (seen == buffer.length) {
                throw new Malformed("a line is longer than " + LONGEST_LINE + " bytes");
            }
            if (!fill()) {
                throw new EOFException();
            }
        }
    }

    /** What is there moves to the front, and what comes is put behind it. */
    private boolean fill() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
        int read = in.read(buffer, end, buffer.length - end);
        end += Math.max(read, 0);
        return read > 0;
    }
}

package easlocal.host;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.Semaphore;

/**
 * One connection. Its thread reads requests; whoever has an answer writes it, and only then the next request is taken.
 *
 * <p>So a request costs one change of threads, and answers stay in the order of their requests.
 */
final class Connection implements Runnable {
    private final Socket socket;
    private final Desk desk;
    private final Semaphore answered = new Semaphore(1);

    Connection(Socket socket, Desk desk) {
        this.socket = socket;
        this.desk = desk;
    }

    @Override
    public void run() {
        try (socket) {
            socket.setTcpNoDelay(true);
            takeAll(new RequestReader(new Input(socket.getInputStream())));
        } catch (IOException gone) {
            return;  // the client, who then needs no answer
        }
    }

    void send(Request request, Reply reply) {
        try {
            write(reply.bytes(request));
        } catch (IOException gone) {
            return;  // the reading thread sees it, too
        } finally {
            answered.release();
        }
    }

    private void takeAll(RequestReader reader) throws IOException {
        try {
            Request request;
            do {
                request = reader.next();
                answered.acquireUninterruptibly();
                if (request == null) {
                    return;
                }
                desk.take(request, this);
            } while (request.keepsAlive);
            answered.acquireUninterruptibly();
        } catch (Malformed fault) {
            answered.acquireUninterruptibly();
            write(Reply.of(400, fault.getMessage()).bytes(Request.UNREADABLE));
        }
    }

    private void write(byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
    }
}

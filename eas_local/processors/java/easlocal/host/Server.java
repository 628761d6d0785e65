package easlocal.host;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/** Accepts the connections of a port, each of which has a thread of its own. */
final class Server {
    private final String name;
    private final ServerSocket listener;
    private final Desk desk;

    Server(String name, ServerSocket listener, Desk desk) {
        this.name = name;
        this.listener = listener;
        this.desk = desk;
    }

    void start() {
        new Thread(this::accept, name + "-acceptor").start();
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = listener.accept();
                new Thread(new Connection(socket, desk), name + "-connection").start();
            } catch (IOException error) {
                Log.error("a connection could not be accepted: " + error.getMessage());
            }
        }
    }
}

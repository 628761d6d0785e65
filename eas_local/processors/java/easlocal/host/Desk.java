package easlocal.host;

/** Who takes the requests of a port: sends the answer over the connection, now or later. */
interface Desk {
    void take(Request request, Connection connection);
}

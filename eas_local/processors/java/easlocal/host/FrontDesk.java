package easlocal.host;

/** Requests to the built-in paths are answered at once, all others by the workers. */
final class FrontDesk implements Desk {
    private final Builtin builtin;
    private final Workers workers;

    FrontDesk(Builtin builtin, Workers workers) {
        this.builtin = builtin;
        this.workers = workers;
    }

    @Override
    public void take(Request request, Connection connection) {
        Reply reply = builtin.answer(request.path);
        if (reply == null) {
            workers.give(request, connection);
        } else {
            connection.send(request, reply);
        }
    }
}

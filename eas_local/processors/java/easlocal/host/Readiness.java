package easlocal.host;

/** What the sidecar is told when it asks whether the processor may have requests. */
final class Readiness {
    private Readiness() {}

    static Desk of(int workerThreads) {
        return always(Reply.json(200, Json.object("worker_threads", String.valueOf(workerThreads))));
    }

    static Desk withheld(String failure) {
        return always(Reply.json(503, Json.object("failure", Json.text(failure))));
    }

    private static Desk always(Reply reply) {
        return (request, connection) -> connection.send(request, reply);
    }
}

package easlocal.host;

import java.util.Set;

/** The engine's own paths, which never reach the processor. */
final class Builtin {
    private static final String ROOT = "/api/builtin/";
    // Parity: the names of EAS's handlers (wire-contract 5.4); what the last four of them do is not public.
    private static final Set<String> NOT_PUBLIC = Set.of("call", "tell", "term", "eastool");

    private final Settings settings;
    private final Workers workers;

    Builtin(Settings settings, Workers workers) {
        this.settings = settings;
        this.workers = workers;
    }

    /** Null for any other path. */
    Reply answer(String path) {
        if (!path.startsWith(ROOT)) {
            return null;
        }
        String name = path.substring(ROOT.length());
        switch (name) {
            case "ping":
                return Reply.of(200, "pong");
            case "prop":
                return Reply.json(200, properties());
            case "monitor":
                return Reply.json(200, counts());
            default:
                return NOT_PUBLIC.contains(name) ? Reply.of(501, refusal(path)) : null;
        }
    }

    private String properties() {
        return Json.object(
                "rpc.worker_threads", Json.text(String.valueOf(settings.workerThreads)),
                "rpc.max_queue_size", Json.text(settings.maxQueueSize),
                "model.ready", Json.text("1"),
                "model.model_config", Json.text(settings.modelConfig));
    }

    private String counts() {
        return Json.object(
                "worker_threads", String.valueOf(settings.workerThreads),
                "busy_threads", String.valueOf(workers.busy()),
                "requests", String.valueOf(workers.answered()));
    }

    private static String refusal(String path) {
        return path + " is EAS's own and not public; the emulator answers " + ROOT + "ping, prop and monitor.";
    }
}

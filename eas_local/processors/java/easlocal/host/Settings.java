package easlocal.host;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the service.json says of this processor, as it comes into the container. */
final class Settings {
    private static final Path MODEL_CONFIG = Path.of("/eas/processor/settings/model_config");
    // Parity: "Start 5 worker thread" (eas-semantics 5, the log of `eascmd test`).
    private static final String USUAL_WORKER_THREADS = "5";
    // Parity: 64 (rpc.max_queue_size, JSON deployment page).
    private static final String USUAL_QUEUE_SIZE = "64";

    final int port;
    final int readyPort;
    final int workerThreads;
    final String maxQueueSize;
    final String mainClass;
    final String modelEntry;
    final String modelConfig;
    /** The recorded request, or null. */
    final Path warmUp;

    Settings(Map<String, String> environment) throws IOException {
        port = Integer.parseInt(environment.get("EAS_HOST_PORT"));
        readyPort = Integer.parseInt(environment.get("EAS_HOST_READY_PORT"));
        workerThreads = Integer.parseInt(environment.getOrDefault("EAS_HOST_WORKER_THREADS", USUAL_WORKER_THREADS));
        maxQueueSize = environment.getOrDefault("EAS_HOST_MAX_QUEUE_SIZE", USUAL_QUEUE_SIZE);
        mainClass = environment.get("EAS_HOST_ENTRY");
        modelEntry = environment.getOrDefault("EAS_HOST_MODEL", "");
        modelConfig = Files.exists(MODEL_CONFIG) ? Files.readString(MODEL_CONFIG, StandardCharsets.UTF_8) : "";
        String recorded = environment.get("EAS_HOST_WARM_UP");
        warmUp = recorded == null ? null : Path.of(recorded);
    }
}

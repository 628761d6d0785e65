package easlocal.host;

import java.io.IOException;
import java.net.ServerSocket;

/**
 * Runs a Java processor: opens the ports, loads the code, replays the recorded request, and from then on lets its
 * workers answer.
 *
 * <p>What comes before waits in the sockets' backlogs: requests until there are workers, the question whether it is
 * ready until the answer is known.
 */
public final class Main {
    private static final int BACKLOG = 1024;

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Endings.explain();
        Settings settings = new Settings(System.getenv());
        ServerSocket requests = new ServerSocket(settings.port, BACKLOG);
        ServerSocket questions = new ServerSocket(settings.readyPort, BACKLOG);
        // Parity: 8080 is the engine's port, which users know (eas-semantics 5, the log of `eascmd test`).
        Log.info("rpc binds to predefined port 8080");
        try {
            Processor processor = Processor.load(settings);
            WarmUp.replay(settings.warmUp, processor);
            serve(requests, processor, settings);
            new Server("ready", questions, Readiness.of(settings.workerThreads)).start();
        } catch (WarmUp.Failed failure) {
            Log.error(failure.getMessage());
            new Server("ready", questions, Readiness.withheld(failure.getMessage())).start();
        } catch (Unfit reason) {
            Endings.end(reason.getMessage());
        }
    }

    private static void serve(ServerSocket requests, Processor processor, Settings settings) {
        Workers workers = new Workers(processor);
        workers.start(settings.workerThreads);
        Log.info("Start " + settings.workerThreads + " worker thread");
        new Server("request", requests, new FrontDesk(new Builtin(settings, workers), workers)).start();
        Log.info("Service start successfully");
    }
}

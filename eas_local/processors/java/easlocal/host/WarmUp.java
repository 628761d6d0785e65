package easlocal.host;

import java.nio.file.Files;
import java.nio.file.Path;

/** The recorded request, given to Process before anybody else's, so that the first caller meets code that is warm. */
final class WarmUp {
    // Parity: five times (warm_up_data_path, JSON deployment page).
    private static final int TIMES = 5;

    /** The instance does not become ready; its message is the sentence to show. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1;

        private Failed(Throwable thrown) {
            super("the warm-up request failed: " + Log.inOneLine(Processor.message(thrown))
                    + "; correct the processor, or the file that warm_up_data_path names");
        }
    }

    private WarmUp() {}

    static void replay(Path recorded, Processor processor) throws Failed {
        if (recorded == null) {
            return;
        }
        try {
            byte[] body = Files.readAllBytes(recorded);
            for (int time = 0; time < TIMES; time++) {
                processor.process(body);
            }
        } catch (OutOfMemoryError error) {
            throw error;
        } catch (Throwable thrown) {
            throw new Failed(thrown);
        }
    }
}

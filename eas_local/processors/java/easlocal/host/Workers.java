package easlocal.host;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Threads that stay, and call Process for one request after the other, in the order in which they came. */
final class Workers {
    private final Processor processor;
    private final BlockingQueue<Job> queue = new LinkedBlockingQueue<>();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicLong answered = new AtomicLong();

    /** A request, and the connection that waits for its answer. */
    private static final class Job {
        final Request request;
        final Connection connection;

        Job(Request request, Connection connection) {
            this.request = request;
            this.connection = connection;
        }
    }

    Workers(Processor processor) {
        this.processor = processor;
    }

    void start(int threads) {
        for (int number = 0; number < threads; number++) {
            new Thread(this::work, "worker-" + number).start();
        }
    }

    void give(Request request, Connection connection) {
        queue.add(new Job(request, connection));
    }

    int busy() {
        return busy.get();
    }

    long answered() {
        return answered.get();
    }

    private void work() {
        while (true) {
            Job job = next();
            busy.incrementAndGet();
            Reply reply = answer(job.request.body);
            busy.decrementAndGet();
            answered.incrementAndGet();
            job.connection.send(job.request, reply);
        }
    }

    private Job next() {
        while (true) {
            try {
                return queue.take();
            } catch (InterruptedException left) {
                continue;  // by the code of the call before, which is over
            }
        }
    }

    private Reply answer(byte[] body) {
        try {
            return Reply.of(200, processor.process(body));
        } catch (OutOfMemoryError error) {
            throw error;
        } catch (Throwable thrown) {
            Log.error("Process failed, which is answered 400");
            Log.trace(thrown);
            return Reply.of(400, Processor.message(thrown));
        }
    }
}

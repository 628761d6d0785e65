package example;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;

/** Does what the request's first word says, and sends everything else back. */
public class Obedient {
    private final CyclicBarrier five = new CyclicBarrier(5);
    private final String modelEntry;
    private final String modelConfig;
    private boolean loaded;

    public Obedient(String modelEntry, String modelConfig) {
        this.modelEntry = modelEntry;
        this.modelConfig = modelConfig;
    }

    public void Load() {
        System.out.println("loading " + modelEntry);
        loaded = true;
    }

    public byte[] Process(byte[] input) throws Exception {
        String order = new String(input, UTF_8);
        switch (order) {
            case "arguments":
                return (modelEntry + " " + modelConfig + " " + loaded).getBytes(UTF_8);
            case "property":
                return String.valueOf(System.getProperty("scenario")).getBytes(UTF_8);
            case "say":
                System.out.println("I was told to say something");
                return input;
            case "meet":
                five.await(5, TimeUnit.SECONDS);
                return Thread.currentThread().getName().getBytes(UTF_8);
            case "fail":
                throw new IllegalArgumentException("no such flower: \u82b1");
            case "fail silently":
                throw new IllegalStateException();
            case "recurse":
                return recurse(input);
            case "null":
                return null;
            case "interrupt":
                Thread.currentThread().interrupt();
                return input;
            case "exit":
                System.exit(3);
                return input;
            case "hog":
                return hog();
            case "stick":
                new CyclicBarrier(2).await();
                return input;
            default:
                return input;
        }
    }

    private byte[] recurse(byte[] input) {
        return recurse(input);
    }

    private static byte[] hog() {
        List<byte[]> kept = new ArrayList<>();
        while (true) {
            kept.add(new byte[1 << 24]);
        }
    }
}

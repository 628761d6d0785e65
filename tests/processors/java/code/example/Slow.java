package example;

import java.nio.file.Files;
import java.nio.file.Path;

/** Loads until there is a file. */
public class Slow {
    public Slow(String modelEntry, String modelConfig) {}

    public void Load() throws InterruptedException {
        System.out.println("waiting for a model");
        while (!Files.exists(Path.of("/tmp/model"))) {
            Thread.sleep(20);
        }
    }

    public byte[] Process(byte[] input) {
        return input;
    }
}

package com.example;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names an iris after the species whose average one is the nearest. */
public class Flowers {
    private final Path model;
    private final String language;
    private final Map<String, double[]> averages = new LinkedHashMap<>();

    public Flowers(String modelEntry, String modelConfig) {
        model = Path.of(modelEntry);
        language = modelConfig;
    }

    /** Each line of the model is a species: its Latin name, its Chinese name, and its four averages. */
    public void Load() throws IOException {
        for (String line : Files.readAllLines(model)) {
            String[] fields = line.split(",", 3);
            averages.put(language.equals("zh") ? fields[1] : fields[0], numbers(fields[2]));
        }
        System.out.println("loaded " + averages.size() + " species from " + model);
    }

    public String Process(String measures) {
        double[] flower = numbers(measures);
        if (flower.length != 4) {
            throw new IllegalArgumentException("four numbers, please, such as: 5.1,3.5,1.4,0.2\n");
        }
        String nearest = null;
        for (String name : averages.keySet()) {
            if (nearest == null || distance(flower, averages.get(name)) < distance(flower, averages.get(nearest))) {
                nearest = name;
            }
        }
        return nearest + "\n";
    }

    private static double[] numbers(String text) {
        return Arrays.stream(text.split(",")).mapToDouble(Double::parseDouble).toArray();
    }

    private static double distance(double[] one, double[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += Math.pow(one[i] - other[i], 2);
        }
        return Math.sqrt(sum);
    }
}

package example;

/** Takes and gives text, has nothing to load, and nothing of it is public: its Process comes from above. */
class Texts extends Greeting {
    Texts(String modelEntry, String modelConfig) {}
}

class Greeting {
    String Process(String name) {
        return "\u4f60\u597d, " + name;
    }
}

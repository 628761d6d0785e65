package example;

/** Processors that cannot serve, each for a reason of its own. */
class Unfit {
    static class WithoutConstructor {
        WithoutConstructor(String modelEntry) {}

        byte[] Process(byte[] input) {
            return input;
        }
    }

    static class WithoutProcess {
        WithoutProcess(String modelEntry, String modelConfig) {}

        int Process(byte[] input) {
            return 0;
        }

        static byte[] process(byte[] input) {
            return input;
        }
    }

    static class WithoutModel {
        WithoutModel(String modelEntry, String modelConfig) {
            throw new IllegalStateException("no model in " + modelEntry);
        }

        byte[] Process(byte[] input) {
            return input;
        }
    }

    static class WithoutLuck {
        WithoutLuck(String modelEntry, String modelConfig) {}

        void Load() throws java.io.IOException {
            throw new java.io.IOException("the weights end early");
        }

        byte[] Process(byte[] input) {
            return input;
        }
    }

    static class WithoutStatics {
        static final int DEPTH = Integer.parseInt("deep");

        WithoutStatics(String modelEntry, String modelConfig) {}

        byte[] Process(byte[] input) {
            return input;
        }
    }

    static class WithoutLibrary {
        WithoutLibrary(String modelEntry, String modelConfig) {
            Missing.call();
        }

        byte[] Process(byte[] input) {
            return input;
        }
    }

    /** Its class is left out of the jar. */
    static class Missing {
        static void call() {}
    }

    static class Leaving {
        Leaving(String modelEntry, String modelConfig) {
            System.exit(0);
        }

        byte[] Process(byte[] input) {
            return input;
        }
    }

    abstract static class Abstract {
        Abstract(String modelEntry, String modelConfig) {}

        byte[] Process(byte[] input) {
            return input;
        }
    }
}

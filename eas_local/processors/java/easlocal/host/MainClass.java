package easlocal.host;

import java.util.Map;

/** The class that processor_mainclass names, or why it cannot be had. */
final class MainClass {
    private MainClass() {}

    static Class<?> find(String name) throws Unfit {
        try {
            return Class.forName(name, false, ClassLoader.getSystemClassLoader());
        } catch (ClassNotFoundException error) {
            throw new Unfit("processor_mainclass \"" + name + "\" " + absent(name, Contents.here().classes()));
        } catch (LinkageError error) {
            throw Unfit.because("loading class " + name, error);
        }
    }

    private static String absent(String name, Map<String, String> classes) {
        if (classes.isEmpty()) {
            return "is not in the package, which has neither a .jar nor a .class file that can be read; "
                    + "put its jar into processor_path";
        }
        if (classes.containsKey(name)) {
            return "is in " + classes.get(name) + ", where nobody looks for it; "
                    + "put that at the top of the package or into its folder lib";
        }
        return "is not in the package; " + Nearness.advice(name, classes.keySet());
    }
}

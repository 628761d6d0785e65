package easlocal.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * The object the user wrote: a constructor (String modelEntry, String modelConfig), void Load(), and
 * byte[] Process(byte[]) or String Process(String).
 *
 * <p>As with JNI, through which the engine calls it, nothing of it needs to be public.
 */
final class Processor {
    private final Object object;
    private final Method process;
    private final boolean takesText;

    private Processor(Object object, Method process) {
        this.object = object;
        this.process = process;
        this.takesText = process.getParameterTypes()[0] == String.class;
    }

    /** Everything that can be wrong with the class is said before any of its code runs for long. */
    static Processor load(Settings settings) throws Unfit {
        Class<?> type = MainClass.find(settings.mainClass);
        Constructor<?> constructor = Members.constructor(type);
        Method process = Members.process(type);
        Method load = Members.load(type);
        Processor processor = new Processor(create(constructor, settings), process);
        if (load == null) {
            Log.info("class " + type.getName() + " has no Load(): nothing more to load");
        } else {
            processor.load(load);
        }
        return processor;
    }

    /** What Process returns, or throws. Called by all workers at once. */
    byte[] process(byte[] body) throws Throwable {
        try {
            return bytes(process.invoke(object, takesText ? new String(body, UTF_8) : body));
        } catch (InvocationTargetException thrown) {
            throw thrown.getCause();
        }
    }

    /** What a caller is told of an exception. */
    // Parity: its message is the body of the answer (eas-semantics 6.2, Java).
    static String message(Throwable thrown) {
        return thrown.getMessage() == null ? thrown.getClass().getName() : thrown.getMessage();
    }

    private static Object create(Constructor<?> constructor, Settings settings) throws Unfit {
        String name = constructor.getName();
        try {
            return constructor.newInstance(settings.modelEntry, settings.modelConfig);
        } catch (InstantiationException error) {
            throw new Unfit("processor_mainclass " + name + " is abstract; name a class that can be created");
        } catch (InvocationTargetException thrown) {
            throw Unfit.because("the constructor of " + name, thrown.getCause());
        } catch (ReflectiveOperationException | LinkageError error) {
            throw Unfit.because("the constructor of " + name, error);
        }
    }

    private void load(Method load) throws Unfit {
        String name = object.getClass().getName() + ".Load()";
        try {
            load.invoke(object);
        } catch (InvocationTargetException thrown) {
            throw Unfit.because(name, thrown.getCause());
        } catch (ReflectiveOperationException error) {
            throw Unfit.because(name, error);
        }
    }

    private static byte[] bytes(Object answer) {
        if (answer == null) {
            throw new NullPointerException("Process returned null; return bytes or text, which may be empty");
        }
        return answer instanceof String ? ((String) answer).getBytes(UTF_8) : (byte[]) answer;
    }
}

package easlocal.host;

import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The members of a processor's class that the engine calls, its own or inherited. */
final class Members {
    private static final Set<Class<?>> ANSWERS = Set.of(byte[].class, String.class);

    private Members() {}

    static Constructor<?> constructor(Class<?> type) throws Unfit {
        try {
            return opened(type.getDeclaredConstructor(String.class, String.class));
        } catch (NoSuchMethodException error) {
            throw new Unfit("class " + type.getName() + " has no constructor (String modelEntry, String modelConfig)"
                    + (type.isInterface() ? "" : "; it has " + listed(Stream.of(type.getDeclaredConstructors())))
                    + "; add it, for it is the one that is called");
        } catch (LinkageError error) {
            throw Unfit.because("loading class " + type.getName(), error);
        }
    }

    /** Null where there is none. */
    static Method load(Class<?> type) throws Unfit {
        return find(type, method -> method.getName().equals("Load") && method.getParameterCount() == 0);
    }

    /** The one for bytes if there are both. */
    static Method process(Class<?> type) throws Unfit {
        for (Class<?> parameter : List.of(byte[].class, String.class)) {
            Method found = find(type, method -> isProcess(method, parameter));
            if (found != null) {
                return found;
            }
        }
        throw new Unfit("class " + type.getName() + " has neither byte[] Process(byte[]) nor String Process(String)"
                + others(type) + "; add one of them");
    }

    private static boolean isProcess(Method method, Class<?> parameter) {
        return method.getName().equals("Process")
                && List.of(method.getParameterTypes()).equals(List.of(parameter))
                && ANSWERS.contains(method.getReturnType());
    }

    private static String others(Class<?> type) throws Unfit {
        List<Method> similar = methods(type).stream()
                .filter(method -> method.getName().equalsIgnoreCase("process"))
                .collect(Collectors.toList());
        return similar.isEmpty() ? "" : "; it has " + listed(similar.stream());
    }

    private static Method find(Class<?> type, Predicate<Method> wanted) throws Unfit {
        Method found = methods(type).stream().filter(wanted).findFirst().orElse(null);
        return found == null ? null : opened(found);
    }

    /** The most derived first. */
    private static Set<Method> methods(Class<?> type) throws Unfit {
        Set<Method> found = new LinkedHashSet<>();
        try {
            for (Class<?> of = type; of != null && of != Object.class; of = of.getSuperclass()) {
                found.addAll(List.of(of.getDeclaredMethods()));
            }
            found.addAll(List.of(type.getMethods()));
        } catch (LinkageError error) {
            throw Unfit.because("loading class " + type.getName(), error);
        }
        found.removeIf(method -> Modifier.isStatic(method.getModifiers()));
        return found;
    }

    private static <T extends AccessibleObject> T opened(T member) {
        member.setAccessible(true);
        return member;
    }

    private static String listed(Stream<? extends Executable> members) {
        return members.map(Members::signature).collect(Collectors.joining(", "));
    }

    private static String signature(Executable member) {
        return name(member) + Stream.of(member.getParameterTypes())
                .map(Class::getSimpleName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String name(Executable member) {
        return member instanceof Method
                ? ((Method) member).getReturnType().getSimpleName() + " " + member.getName()
                : member.getDeclaringClass().getSimpleName();
    }
}

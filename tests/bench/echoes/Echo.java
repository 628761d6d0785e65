/** As a processor: what comes goes back. */
public class Echo {
    public Echo(String modelEntry, String modelConfig) {}

    public void Load() {}

    public byte[] Process(byte[] data) {
        return data;
    }
}

using Slipway.Store.Secrets;

namespace Slipway.Controller.Secrets;

/// <summary>The key that this installation's derived secrets come from (agents' secrets). Made once, in a file that its owner alone can read.</summary>
public static class InstanceKey
{
    /// <exception cref="InvalidDataException">The file is there but is not a key.</exception>
    public static byte[] LoadOrCreate(string dataDirectory) =>
        SecretKeyFile.LoadOrCreate(dataDirectory, "instance.key", "If it is lost, delete it and give every permanent agent its new secret.");
}

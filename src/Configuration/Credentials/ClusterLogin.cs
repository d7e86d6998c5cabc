using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Kubernetes.Connecting;
using Slipway.Provisioning.Kubernetes.Configuration;

namespace Slipway.Configuration.Credentials;

/// <summary>What a credential means for a cluster. Holds secrets.</summary>
internal abstract record ClusterLogin
{
    private ClusterLogin()
    {
    }

    public sealed record Token(string Value) : ClusterLogin;

    /// <summary>PEM texts.</summary>
    public sealed record Certificate(string CertificatePem, string KeyPem, string? AuthorityPem) : ClusterLogin;

    public sealed record KubeconfigText(string Text, string Source) : ClusterLogin;

    /// <summary>The service account of the pod that the server runs in.</summary>
    public sealed record OwnServiceAccount : ClusterLogin;

    /// <returns>Null where the credential cannot be used; its session has the faults then.</returns>
    public static ClusterLogin? Read(StoredCredential credential)
    {
        var map = credential.Settings;
        switch (credential.Kind)
        {
            case "string" or "openShiftToken" or "openShiftTokenCredentialImpl":
                var secret = map.Required("secret", "the token that the API server is shown");
                return string.IsNullOrWhiteSpace(secret) ? null : new Token(secret.Trim());
            case "file":
                return OfFile(map);
            case "x509ClientCert":
                return OfPem(map);
            case "certificate":
                return OfKeyStore(map);
            case "fileSystemServiceAccount" or "fileSystemServiceAccountCredential" or "kubernetesServiceAccount":
                return new OwnServiceAccount();
            case "usernamePassword" or "openShiftBearerToken" or "openShiftBearerTokenCredentialImpl":
                map.Session.Fault(map.Place, map.Path, $"A cloud names the credential '{credential.Id}', which is a user's name and password: Kubernetes takes none since 1.19. Use a 'string' credential with the token of a service account.");
                return null;
            default:
                map.Session.Fault(map.Place, map.Path, $"A cloud names the credential '{credential.Id}', and nothing of its kind ('{credential.Kind}') is known for a cluster. Kinds: string (a token), file (a kubeconfig), x509ClientCert, certificate, openShiftToken, fileSystemServiceAccount.");
                return null;
        }
    }

    private static KubeconfigText? OfFile(SettingsMap map)
    {
        var encoded = map.Required("secretBytes", "the file's content in base64, such as ${readFileBase64:/path}");
        if (encoded.Length == 0 || Decode(encoded) is not { } bytes)
        {
            if (encoded.Length > 0)
            {
                map.Session.Fault(map.Place, $"{map.Path}.secretBytes", "This is not base64. A file's content is written as ${readFileBase64:/path}.");
            }

            return null;
        }

        var text = Encoding.UTF8.GetString(bytes);
        if (text.TrimStart().StartsWith('{') && text.Contains("\"service_account\"", StringComparison.Ordinal))
        {
            map.Session.Fault(map.Place, map.Path, "The file is the key of a Google service account, which is no login of a cluster. Make a service account in the cluster and use its token in a 'string' credential.");
            return null;
        }

        return new KubeconfigText(text, $"credential {map.Text("id")}");
    }

    private static Certificate? OfPem(SettingsMap map)
    {
        var certificate = map.Required("clientCertificate", "the certificate in PEM");
        var key = map.Text("clientKeySecret", "clientKey") ?? "";
        if (key.Length == 0)
        {
            map.Session.Fault(map.Place, $"{map.Path}.clientKeySecret", "This is missing: the certificate's private key in PEM.");
        }

        return certificate.Length == 0 || key.Length == 0 ? null : new Certificate(certificate, key, map.Text("serverCaCertificate") is { Length: > 0 } authority ? authority : null);
    }

    private static Certificate? OfKeyStore(SettingsMap map)
    {
        var password = map.Text("password") ?? "";
        var encoded = map.Map("keyStoreSource")?.Map("uploaded")?.Required("uploadedKeystore", "the PKCS#12 file in base64");
        if (string.IsNullOrEmpty(encoded) || Decode(encoded) is not { } bytes)
        {
            map.Session.Fault(map.Place, $"{map.Path}.keyStoreSource", "A key store is given as uploaded.uploadedKeystore: a PKCS#12 file in base64, such as ${readFileBase64:/path}.");
            return null;
        }

        try
        {
            using var found = X509CertificateLoader.LoadPkcs12(bytes, password, X509KeyStorageFlags.Exportable | X509KeyStorageFlags.EphemeralKeySet);
            if (KeyOf(found) is { } key)
            {
                return new Certificate(found.ExportCertificatePem(), key, null);
            }

            map.Session.Fault(map.Place, $"{map.Path}.keyStoreSource", "The key store holds no RSA or EC private key.");
        }
        catch (CryptographicException fault)
        {
            map.Session.Fault(map.Place, $"{map.Path}.keyStoreSource", $"The key store cannot be opened: {fault.Message} Is the password right?");
        }

        return null;
    }

    private static string? KeyOf(X509Certificate2 certificate)
    {
        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey();
        return key?.ExportPkcs8PrivateKeyPem();
    }

    private static byte[]? Decode(string text)
    {
        try
        {
            return Convert.FromBase64String(text.Trim());
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Names no secret.</summary>
    public sealed override string ToString() => GetType().Name;
}

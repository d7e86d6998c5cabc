using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Kubernetes.Connecting;

/// <summary>Turns text and files into certificates and addresses, and notes what is wrong instead of stopping at the first fault.</summary>
internal sealed class CredentialReader(List<ConnectionFault> faults)
{
    public Uri? Server(string? text, string? file, int? line, string key)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            faults.Add(new(file, line, key, "is missing: give the address of the API server, such as https://10.0.0.1:6443"));
            return null;
        }

        var withScheme = text.Contains("://", StringComparison.Ordinal) ? text : "https://" + text;
        if (!Uri.TryCreate(withScheme, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
        {
            faults.Add(new(file, line, key, $"'{text}' is not an http or https address"));
            return null;
        }

        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            faults.Add(new(file, line, key, "must hold neither user, query nor fragment: only scheme, host, port and path"));
            return null;
        }

        return address.AbsolutePath.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    public Uri? Proxy(string text, string? file, int? line, string key)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "socks5")
        {
            return address;
        }

        faults.Add(new(file, line, key, "is not an address of a proxy: http://, https:// and socks5:// are supported"));
        return null;
    }

    public X509Certificate2Collection? Authorities(string pem, string? file, int? line, string key)
    {
        var found = Certificates(pem, file, line, key);
        return found is { Count: > 0 } ? found : null;
    }

    public ClusterCredential? ClientCertificate(string certificatePem, string keyPem, string? file, int? line, string certificateKey, string privateKeyKey)
    {
        var chain = Certificates(certificatePem, file, line, certificateKey);
        if (chain is null || chain.Count == 0)
        {
            return null;
        }

        try
        {
            var leaf = X509Certificate2.CreateFromPem(certificatePem, keyPem);
            chain.RemoveAt(0);
            return new ClusterCredential { ClientCertificate = leaf, Intermediates = chain.Count > 0 ? chain : null };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            faults.Add(new(file, line, privateKeyKey, $"is not the unencrypted PEM private key of the certificate in {certificateKey}"));
            return null;
        }
    }

    public string? Base64(string text, string? file, int? line, string key)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(text));
        }
        catch (FormatException)
        {
            faults.Add(new(file, line, key, "is not base64"));
            return null;
        }
    }

    public string? Text(string path, string? file, int? line, string key)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(new(file, line, key, $"cannot read {path}: {e.Message}"));
            return null;
        }
    }

    private X509Certificate2Collection? Certificates(string pem, string? file, int? line, string key)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            faults.Add(new(file, line, key, $"holds a certificate that cannot be read: {e.Message}"));
            return null;
        }

        if (found.Count == 0)
        {
            faults.Add(new(file, line, key, "holds no PEM certificate (-----BEGIN CERTIFICATE-----)"));
        }

        return found;
    }
}

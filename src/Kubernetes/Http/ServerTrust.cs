using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Kubernetes.Http;

/// <summary>Decides whether the server is the one that is meant, and remembers in words for people why not.</summary>
/// <param name="authorities">Only these count; null for those that the machine trusts. One of them may be an intermediate: whoever put it into the file trusts it.</param>
/// <param name="name">That the certificate must carry.</param>
internal sealed class ServerTrust(X509Certificate2Collection? authorities, string name, TimeProvider time)
{
    private volatile string? _refusal;

    /// <summary>Why the last certificate was refused; null where none was.</summary>
    public string? Refusal => _refusal;

    public bool IsTrusted(X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors)
    {
        if (presented is null || (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0)
        {
            _refusal = "it shows no certificate.";
            return false;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(presented.GetRawCertData());
        _refusal = WhyNotSigned(certificate, sent, errors) ?? WhyNotNamed(certificate, errors);
        return _refusal is null;
    }

    private string? WhyNotNamed(X509Certificate2 certificate, SslPolicyErrors errors) => (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0
        ? null
        : $"its certificate is for {NamesOf(certificate)}, and not for '{name}'. Use an address that the certificate names.";

    private string? WhyNotSigned(X509Certificate2 certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (authorities is null)
        {
            return (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0 ? null
                : WhyNotNow(certificate) ?? $"its certificate is signed by '{certificate.Issuer}', which this machine does not trust. Give the certificate of that CA (serverCertificate; certificate-authority in a kubeconfig).";
        }

        return IsSigned(certificate, sent, authorities) ? null
            : WhyNotNow(certificate)
            ?? $"its certificate is signed by '{certificate.Issuer}', and not by the CA that is given ({string.Join(", ", authorities.Select(authority => $"'{authority.Subject}'"))}{(authorities.Any(authority => authority.Subject == certificate.Issuer) ? ": one of the same name, with another key" : "")})."
            + " Give the certificate of the CA that signed it (serverCertificate; certificate-authority in a kubeconfig).";
    }

    private string? WhyNotNow(X509Certificate2 certificate) =>
        certificate.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime ? $"its certificate expired on {certificate.NotAfter:yyyy-MM-dd}. Renew it there, or set this machine's clock."
        : certificate.NotBefore.ToUniversalTime() > time.GetUtcNow().UtcDateTime ? $"its certificate counts from {certificate.NotBefore:yyyy-MM-dd HH:mm} only. Is this machine's clock right?"
        : null;

    private static bool IsSigned(X509Certificate2 certificate, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var authority in authorities)
        {
            (authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData) ? chain.ChainPolicy.CustomTrustStore : chain.ChainPolicy.ExtraStore).Add(authority);
        }

        if (sent is not null)
        {
            foreach (var element in sent.ChainElements)
            {
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            }
        }

        return chain.Build(certificate)
            || (chain.ChainStatus.All(status => status.Status is X509ChainStatusFlags.PartialChain or X509ChainStatusFlags.NoError)
                && authorities.Any(authority => authority.RawDataMemory.Span.SequenceEqual(chain.ChainElements[^1].Certificate.RawDataMemory.Span)));
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString()))).ToList();
        return names.Count == 0 ? $"'{certificate.Subject}'" : string.Join(", ", names.Select(name => $"'{name}'"));
    }
}

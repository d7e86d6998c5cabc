using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Kubernetes.Tests;

/// <summary>An authority of its own, as each cluster has, and what it issued.</summary>
internal sealed class TestCertificates
{
    private static readonly DateTimeOffset From = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2049, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public TestCertificates()
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=test-cluster-ca", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        Authority = request.CreateSelfSigned(From, Until);
    }

    public X509Certificate2 Authority { get; }

    public string AuthorityPem => Authority.ExportCertificatePem();

    public X509Certificate2 Server(string dnsName = "kubernetes", bool withLoopback = true)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        if (withLoopback)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        using var issued = Issue("CN=kube-apiserver", "1.3.6.1.5.5.7.3.1", names);
        return X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pkcs12), null);
    }

    public (string Certificate, string Key) Client(string name)
    {
        using var issued = Issue($"CN={name}, O=builders", "1.3.6.1.5.5.7.3.2", null);
        return (issued.ExportCertificatePem(), issued.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private X509Certificate2 Issue(string subject, string purpose, SubjectAlternativeNameBuilder? names)
    {
        var key = RSA.Create(2048);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names.Build());
        }

        using var issued = request.Create(Authority, From, Until, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}

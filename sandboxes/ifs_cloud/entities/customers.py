"""Customers and what hangs under them."""

from sandboxes.ifs_cloud.schema import EntityType, attributes, to_many

CUSTOMER = EntityType(
    "CustomerInfo",
    attributes("""
        CustomerId text(20) fixed
        Name text(100) required
        CreationDate date required
        PartyType PartyType required fixed
        DefaultDomain flag required fixed
        DefaultLanguage text(5) required
        Country text(2) required
        CountryCode text(2) derived
        CustomerCategory CustomerCategory
        AssociationNo text(50)
        CorporateForm text(8)
        BusinessClassification text(20)
        IdentifierRefValidation IdentifierRefValidation
        MainRepresentative text(20)
        OneTime flag
        OneTimeDb text(20) derived
        B2bCustomer flag
        ValidDataProcessingPurpose flag derived
    """),
    key=("CustomerId",),
    order=("CustomerId",),
    collections=dict([
        to_many("CommunicationMethods", "CommunicationMethod",
                Identity="$CustomerId", PartyType="Customer"),
        to_many("CustomerInfoAddresses", "CustomerInfoAddress", CustomerId="$CustomerId"),
        to_many("CustomerInfoContacts", "CustomerInfoContact", CustomerId="$CustomerId"),
        to_many("CustOrdCustomers", "CustOrdCustomer", CustomerNo="$CustomerId"),
        to_many("CustomerCreditInfoArray", "CustomerCreditInfo",
                Identity="$CustomerId", PartyType="Customer"),
    ]),
)  # fmt: skip

COMMUNICATION = EntityType(
    "CommunicationMethod",
    attributes("""
        PartyType PartyType fixed
        Identity text(20) fixed
        CommId whole fixed
        Name text(100)
        Description text(100)
        MethodId CommMethodCode required
        Value text(200) required
        AddressId text(50)
        MethodDefault flag
        AddressDefault flag
        ValidFrom date
        ValidTo date
    """),
    key=("PartyType", "Identity", "CommId"),
    order=("Identity", "CommId", "PartyType"),
)

ADDRESS = EntityType(
    "CustomerInfoAddress",
    attributes("""
        CustomerId text(20) fixed
        AddressId text(50) fixed
        Name text(100)
        Address1 text(35)
        Address2 text(35)
        Address3 text(100)
        Address4 text(100)
        Address5 text(100)
        Address6 text(100)
        ZipCode text(35)
        City text(35)
        State text(35)
        County text(35)
        Country text(2) required
        DefaultDomain flag required fixed
        ValidFrom date
        ValidTo date
    """),
    key=("CustomerId", "AddressId"),
    order=("CustomerId", "AddressId"),
    collections=dict([
        to_many("AddressTypes", "CustomerInfoAddressType", CustomerId="$CustomerId", AddressId="$AddressId"),
        to_many("AddressCommunicationMethods", "CommunicationMethod",
                Identity="$CustomerId", AddressId="$AddressId", PartyType="Customer"),
    ]),
)  # fmt: skip

ADDRESS_TYPE = EntityType(
    "CustomerInfoAddressType",
    attributes("""
        CustomerId text(20) fixed
        AddressId text(50) fixed
        AddressTypeCode AddressTypeCode fixed
        DefAddress flag
    """),
    key=("CustomerId", "AddressId", "AddressTypeCode"),
    order=("CustomerId", "AddressId", "AddressTypeCode"),
)

CONTACT = EntityType(
    "CustomerInfoContact",
    attributes("""
        CustomerId text(20) fixed
        PersonId text(20) fixed
        Role text(200)
        Email text(200)
        Phone text(200)
        Mobile text(200)
        CustomerPrimary flag
        Created time derived
        Changed time derived
        BlockedForCrmObjects flag
    """),
    key=("CustomerId", "PersonId"),
    order=("CustomerId", "PersonId"),
)

SALES_SETTINGS = EntityType(
    "CustOrdCustomer",
    attributes("""
        CustomerNo text(20) fixed
        CurrencyCode text(3) required
        CustGrp text(10)
        CustPriceGroupId text(10)
        MarketCode text(10)
        Discount number
        OrderId text(3)
        SalesmanCode text(20)
        CrStop flag
        BackorderOption text(30)
        TemplateId text(20)
    """),
    key=("CustomerNo",),
    order=("CustomerNo",),
)

CREDIT = EntityType(
    "CustomerCreditInfo",
    attributes("""
        Company text(20) fixed
        PartyType PartyType fixed
        Identity text(20) fixed
        CreditLimit number
        CreditBlock flag
        CreditRating text(10)
        AllowedDueDays whole
        NextReviewDate date
        AvgDaysForPayment whole derived
    """),
    key=("Company", "Identity", "PartyType"),
    order=("Identity", "Company", "PartyType"),
    company_attribute="Company",
)
